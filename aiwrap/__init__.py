"""Run vendors' coding CLIs under your team's policy, enforced on your own machine."""
