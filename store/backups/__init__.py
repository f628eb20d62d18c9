"""Copies of everything durable, each whole or not there: taken while calls go on, proven before they are used."""
