"""A provider's webhook each: is it genuine, and what does it say."""
