"""Tests of the measuring tools; none of them asserts how long anything takes."""
