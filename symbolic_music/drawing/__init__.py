"""Pictures of songs: piano roll and timeline, engraved pages."""
