"""Small widgets that several bars use."""
