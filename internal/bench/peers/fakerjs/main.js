// Writes so many orders of the sixteen fields, a call of faker for each.
import { writeSync } from "node:fs";
import { faker } from "@faker-js/faker/locale/en";

faker.seed(1);
const from = Date.UTC(2022, 0, 31);
const to = Date.UTC(2022, 1, 14);
const payments = ["Card", "Internet Banking", "UPI", "Wallet"];
const reasons = ["Insufficient Funds", "Card Expired", "Network Error", "Invalid CVV"];
const { number, person, commerce, date, location, internet, helpers } = faker;
let text = "";
for (let n = Number(process.argv[2]); n > 0; n--) {
  const failed = number.float() < 0.05;
  text += `${number.int({ max: 0xffffffff })}|${number.int({ min: 1, max: 200000 })}|${person.fullName()}|${number.int({ min: 1, max: 5000 })}|${commerce.productName()}|${commerce.department()}|${helpers.arrayElement(payments)}|${number.int({ min: 1, max: 10 })}|${commerce.price({ min: 1, max: 500 })}|${date.between({ from, to }).toISOString().slice(0, 19)}|${location.country()}|${location.city()}|${internet.domainName()}|${number.int()}|${failed ? "N" : "Y"}|${failed ? helpers.arrayElement(reasons) : ""}\n`;
  if (text.length >= 1 << 16) {
    writeSync(1, text);
    text = "";
  }
}
writeSync(1, text);
