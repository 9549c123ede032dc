"""Makes the timetable known to Airflow's scheduler, which reads DAGs from the database and not from their files."""

from airflow.plugins_manager import AirflowPlugin

from dags.sessions import SessionTimetable


class SessionTimetablePlugin(AirflowPlugin):
    name = "session_timetable"
    timetables = (SessionTimetable,)
