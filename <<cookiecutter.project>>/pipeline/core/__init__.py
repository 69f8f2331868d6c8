"""What every stage shares: errors, files, the console, parameters, custody; no pandas."""
