"""Pure functions from sound samples, turns and words to numbers with evidence: no disk, network, clock or model."""
