"""What is added by `+` and other keys: forms that tell, as they are typed, what would come of them."""
