"""What an alert is and who may decide: grouping, standing, authority. Pure rules."""
