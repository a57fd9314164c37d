"""What the doors on the network share: who asks, threads, streams that end only when whole, faults."""
