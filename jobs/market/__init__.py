"""Which of the market's prices other tables may rely on."""
