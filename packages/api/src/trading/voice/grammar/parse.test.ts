import { describe, expect, it } from "vitest";
import { ENOUGH, parseCommand } from "./parse.ts";
import type { Amount } from "./schema.ts";

const sol = (value: string): Amount => ({ kind: "exact", value, unit: "sol" });
const tokens = (value: string): Amount => ({ kind: "exact", value, unit: "token" });
const share = (percent: string): Amount => ({ kind: "share", percent });

describe("The grammar of commands", () => {
  it.each<[string, "buy" | "sell", Amount]>([
    ["buy one and a half SOL", "buy", sol("1.5")],
    ["Buy 0.5 sol, please", "buy", sol("0.5")],
    ["buy 0,5", "buy", sol("0.5")],
    ["Okay, now buy one point two five sol", "buy", sol("1.25")],
    ["buy half a SOL", "buy", sol("0.5")],
    ["I'd like to buy two hundred and five tokens", "buy", tokens("205")],
    ["buy a hundred tokens", "buy", tokens("100")],
    ["buy 1 000 000 tokens", "buy", tokens("1000000")],
    ["buy three thousand two hundred tokens", "buy", tokens("3200")],
    ["buy for 2 sol", "buy", sol("2")],
    ["let's buy with half of my SOL", "buy", share("50")],
    ["buy all", "buy", share("100")],
    ["sell half", "sell", share("50")],
    ["sell a quarter of my tokens", "sell", share("25")],
    ["Sell everything!", "sell", share("100")],
    ["sell 12.5% of my tokens", "sell", share("12.5")],
    ["sell twenty five percent", "sell", share("25")],
    ["sell 300", "sell", tokens("300")],
    ["sell for one sol", "sell", sol("1")],
    ["Купи полтора сола", "buy", sol("1.5")],
    ["купить 0,5 SOL", "buy", sol("0.5")],
    ["купи на полсола", "buy", sol("0.5")],
    ["давай купи на два с половиной сола", "buy", sol("2.5")],
    ["купи ноль целых пять десятых сола", "buy", sol("0.5")],
    ["хочу купить сто двадцать три токена", "buy", tokens("123")],
    ["куплю две тысячи пятьсот монет", "buy", tokens("2500")],
    ["купи на всё", "buy", share("100")],
    ["купи на половину моих SOL", "buy", share("50")],
    ["Продай половину", "sell", share("50")],
    ["продай всё, пожалуйста", "sell", share("100")],
    ["продать четверть моих токенов", "sell", share("25")],
    ["продай тридцать процентов", "sell", share("30")],
    ["продаю 40 % токенов", "sell", share("40")],
    ["продай 1000,5 токенов", "sell", tokens("1000.5")],
  ])("reads %j", (text, intent, amount) => {
    const command = parseCommand(text);
    expect(command).toMatchObject({ intent, parameters: { amount } });
    expect(command.confidence).toBeGreaterThanOrEqual(ENOUGH);
  });

  it("is surer of an amount whose unit was said", () => {
    expect(parseCommand("buy 2 sol").confidence).toBeGreaterThan(parseCommand("buy 2").confidence);
  });

  it.each([
    "by the way, one sol is a lot",
    "buy the way",
    "cell half",
    "the cell has two tokens",
    "bye all",
    "don't buy one sol",
    "Don’t sell everything",
    "do not sell",
    "never buy 5 sol",
    "I would buy two sol",
    "should I sell half?",
    "buy one sol?",
    "if it falls buy one sol",
    "he told me to buy one sol yesterday",
    "I bought one sol",
    "she sold everything",
    "maybe sell all",
    "buy or sell one sol",
    "buy 1 or 2 sol",
    "buy 1,000 tokens",
    "buy -1 sol",
    "buy 1e9 sol",
    "buy 10^40 sol",
    "buy zero sol",
    "buy 0.0000000001 sol",
    "sell 0.0000001 tokens",
    "sell 150 percent",
    "sell all but one",
    "sell half of my SOL",
    "buy",
    "buy some",
    "sell tokens",
    "купил бы один сол",
    "я купил один сол",
    "не покупай один сол",
    "Не продавай всё",
    "не продай всё",
    "купить ли один сол",
    "может, купить сол",
    "купить один сол?",
    "если упадёт, купи один сол",
    "сколько купить солов",
    "продавец продал половину",
    "купи или продай один сол",
    "купи что-нибудь",
    "купи ноль солов",
    "",
    "42 is the answer",
    "half",
    "всё",
    "🙂",
  ])("makes no trade of %j", (text) => {
    const { intent, parameters, confidence } = parseCommand(text);
    const isTrade = (intent === "buy" || intent === "sell") && "amount" in parameters && confidence >= ENOUGH;
    expect([isTrade, intent === "confirm" && "code" in parameters]).toEqual([false, false]);
  });

  it.each([
    "stop",
    "Stop!",
    "don't stop",
    "buy one sol, no, cancel",
    "confirm 42 stop",
    "what's the price stop",
    "стоп",
    "Отмена.",
    "отмени, купи два сола потом",
    "подтверждаю сорок два, стой",
  ])("lets %j win", (text) => {
    expect(parseCommand(text)).toEqual({ intent: "cancel", parameters: {}, confidence: 1 });
  });

  it.each([
    ["confirm 42", "42"],
    ["Confirm forty-two", "42"],
    ["confirm four two", "42"],
    ["confirm code 4 2", "42"],
    ["yes, seventeen", "17"],
    ["90", "90"],
    ["подтверждаю сорок два", "42"],
    ["да, 42", "42"],
    ["подтверждаю код четыре два", "42"],
    ["восемьдесят", "80"],
  ])("reads the code of %j", (text, code) => {
    expect(parseCommand(text)).toMatchObject({ intent: "confirm", parameters: { code } });
    expect(parseCommand(text).confidence).toBeGreaterThanOrEqual(ENOUGH);
  });

  it.each([
    "confirm",
    "yes",
    "да",
    "confirm 142",
    "confirm 7",
    "confirm 42 43",
    "don't confirm 42",
    "не подтверждаю 42",
    "42?",
  ])("confirms nothing by %j", (text) => {
    const { confidence, parameters } = parseCommand(text);
    expect(confidence < ENOUGH || !("code" in parameters)).toBe(true);
  });

  it.each([
    ["what's the price?", "price"],
    ["price", "price"],
    ["какая сейчас цена", "price"],
    ["сколько стоит токен?", "price"],
    ["balance", "balance"],
    ["how much do I have", "balance"],
    ["сколько у меня токенов", "balance"],
    ["мой баланс", "balance"],
  ])("answers %j", (text, intent) => {
    expect(parseCommand(text)).toMatchObject({ intent, parameters: {} });
    expect(parseCommand(text).confidence).toBeGreaterThanOrEqual(ENOUGH);
  });

  it("reads any text without failing, and as fast as it is long", () => {
    for (const text of [
      "one ".repeat(500),
      "1".repeat(2_000),
      "1 000 ".repeat(330),
      "and ".repeat(500),
      "\u0000\uD800",
    ])
      expect(parseCommand(`buy ${text}`).confidence).toBeLessThanOrEqual(1);
  });
});
