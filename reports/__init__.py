"""Result tables in, HTML text out."""
