"""How routes are chosen: what a policy says, which policies hold for a call, and the routes put in their order."""
