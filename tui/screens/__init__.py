"""The three main screens, the screens around them, and the classes that they share."""
