"""Where the platform runs: local servers, locked jars, Java, the Airflow environment."""
