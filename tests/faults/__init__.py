"""Tests of failures during and after a build: kills, full disks, damage, misfits."""
