"""What a maintainer runs: notebooks executed and saved, recordings made anew, contents written."""
