"""What DNS says of our domains and addresses, and what it should say."""
