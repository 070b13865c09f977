"""What a picture shows, by pure functions of numbers; how it looks is `convlib.draw`'s."""
