package kafkanauts_test

// golden are the SHA-256 hashes that TestGolden holds.
var golden = map[string]string{
	"csv":    "9722fc6f58ea71a97ec115f581a49db9cdfaf0f7cb5e501c5d0f48ce9eb03e22",
	"json":   "f3c8d42c0c570ee98b635649b766494269ce7955ed7be799169b59e6352185a6",
	"moving": "465fb05dc59a073a1a6a5cd3220d2ff9a5c97a4556e6c96429f5efffb1f1bcb6",
	"pipe":   "d6ae2da750b1f3714e365919f051b7337f8fb6e34cd9657f595d25d448eea3a2",
	"rival":  "e24efa9cf9971e2aa9bb985ea366ab97031bee40e696a00af53ed82c1ebbc24b",
}
