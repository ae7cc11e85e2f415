/**
 * A program that makes one HTTP request, of the URL that is its argument, prints the greeting that it gets, and ends with 0. If there is
 * none, it says so on standard error, and ends with 1.
 */
import { get } from "node:http";

get(process.argv[2]!, (response) => {
  let body = "";
  response.setEncoding("utf8").on("data", (text: string) => (body += text));
  response.on("end", () => {
    if (response.statusCode === 200) console.log((JSON.parse(body) as { greeting: string }).greeting);
    else {
      console.error(`no greeting: ${response.statusCode} ${response.statusMessage}`);
      process.exitCode = 1;
    }
  });
});
