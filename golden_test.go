package kafkanauts_test

// golden are the SHA-256 hashes that TestGolden holds.
var golden = map[string]string{
	"csv":    "6abe9d1d46c97369f9f6e1a2ff0e7ffc9590af5e29f99fb3aeecfd2caaf65960",
	"json":   "4db9339b1bcc404e7edb8661d97013ef6b5a557e6e7edd44e440deefb71e5360",
	"moving": "3910673c2530a41f7177ede58b53ca5202cdc259b5ef13fd879512b083502e41",
	"pipe":   "80da395e207af3766ba21a09094c8d244a64ccbe31b13b1421715927e2e6c2a2",
	"rival":  "d2b66790b1e274c195168fa1e66b0975ac5cb921e2def1674a28d003132deff6",
	"fast":   "b83edaf4c6a72027025966075b7b9e85fdd3e507e74bc3d61a4f8b760f27c32b",
}
