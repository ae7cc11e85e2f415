/** A program whose functions are in a file of their own: its own start needs no main. */
import { thread } from "heddle/thread";
import { double } from "./functions.js";

console.log(await thread.spawn(double, 21));
