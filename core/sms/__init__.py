"""What people text, read into what they want: pure, in four languages and their mixtures (SMS-1, SMS-2)."""
