"""What a person settled: the file, themes and colours."""
