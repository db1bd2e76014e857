"""The parameters that algorithms show."""
