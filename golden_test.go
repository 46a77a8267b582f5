package kafkanauts_test

// golden are the SHA-256 hashes that TestGolden holds.
var golden = map[string]string{
	"csv":    "e606873d6ff298f0fca33e3bca41ac4f2a72d1b1d90b6d142163d47e7270ebd0",
	"json":   "c0e8cbceab3991a1f9af2d531bfc178e70e1688c6e5998517fe4c08bcf000440",
	"moving": "097cc7d7ab6c0256827dbd49dea89a98b2249e0e678a13312504b7c6621b293d",
	"pipe":   "c20caafa83ed2f2232375516568e291cbc16e82ab9c65fdd73e25ba479964d2d",
	"rival":  "a5356e7a25c409f08aca4873734fbea42c39f2456d7de457de79b552e98ceaa0",
	"fast":   "fde8f6cf7d4db8e36f7d32d8b96f547f5cda97b8413907ebddb600adcfa047a5",
}
