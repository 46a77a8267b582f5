package corrupt

// Edit is the only way to a record.
type Edit struct{}
