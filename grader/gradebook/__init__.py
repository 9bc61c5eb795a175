"""The gradebook: all SQL on nbgrader's tables, and the one read model of grades.

It leaves the rows and files that nbgrader's own Autograde step leaves (tests compare all of them),
without importing nbgrader: its tables are read and written in plain SQL. What is the same for a
whole class is read once, and grades are written in few, whole transactions.

Importing the package imports nothing heavy.
"""
