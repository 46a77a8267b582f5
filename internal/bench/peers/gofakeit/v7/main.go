// V7 writes so many orders of the sixteen fields, a call of gofakeit for each.
package main

import (
	"bufio"
	"fmt"
	"log"
	"math/rand/v2"
	"os"
	"strconv"
	"time"

	"github.com/brianvoe/gofakeit/v7"
)

func main() {
	n, err := strconv.Atoi(os.Args[1])
	if err != nil {
		log.Fatal(err)
	}
	f := gofakeit.NewFaker(rand.NewPCG(1, 2), false)
	from := time.Date(2022, time.January, 31, 0, 0, 0, 0, time.UTC)
	to := from.AddDate(0, 0, 14)
	payments := []string{"Card", "Internet Banking", "UPI", "Wallet"}
	reasons := []string{"Insufficient Funds", "Card Expired", "Network Error", "Invalid CVV"}
	w := bufio.NewWriterSize(os.Stdout, 1<<16)
	for range n {
		success, reason := "Y", ""
		if f.Number(1, 100) <= 5 {
			success, reason = "N", f.RandomString(reasons)
		}
		fmt.Fprintf(w, "%d|%d|%s|%d|%s|%s|%s|%d|%.2f|%s|%s|%s|%s|%d|%s|%s\n", f.Uint32(), f.Number(1, 200_000), f.Name(), f.Number(1, 5000),
			f.ProductName(), f.ProductCategory(), f.RandomString(payments), f.Number(1, 10), f.Price(1, 500), f.DateRange(from, to).Format("2006-01-02T15:04:05"),
			f.Country(), f.City(), f.DomainName(), f.Uint64(), success, reason)
	}
	if err := w.Flush(); err != nil {
		log.Fatal(err)
	}
}
