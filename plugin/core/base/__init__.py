"""What every room may use: errors, progress, workers, files that appear by rename, values made when asked for."""
