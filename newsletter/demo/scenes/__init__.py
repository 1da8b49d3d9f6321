"""What the pictures show. Each scene paints itself anew and always the same."""
