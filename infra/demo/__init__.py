"""The main job on one machine: the pretend broker played through the whole platform."""
