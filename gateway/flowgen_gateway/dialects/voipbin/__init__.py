"""The dialect `voipbin`: flows and their executions, the activeflows."""
