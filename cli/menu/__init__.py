"""What can be typed after `karani`: one module a noun, with its options. What a command does is in the module of that noun
in `cli/`."""
