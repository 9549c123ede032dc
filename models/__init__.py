"""What is computed: arrays in, numbers out. No Spark, no paths, no clock, nothing of ours but this folder."""
