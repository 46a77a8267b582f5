package kafkanauts_test

// golden are the SHA-256 hashes that TestGolden holds.
var golden = map[string]string{}
