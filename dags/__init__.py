"""When it runs: one module a moment of the day. The only folder that imports Airflow."""
