"""What every request passes before its route, and every response on its way out."""
