"""From a lesson's text to what is handed out and graded by: notebooks, traces, plan; proofs."""
