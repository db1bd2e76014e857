"""How well guidelines agree with what editors made of them."""
