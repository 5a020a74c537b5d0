// Init data that others publish to test against, with the token of the bot it is for and `authDate` in epoch seconds. `fields` is
// everything that is signed, as Telegram encodes it; the hash covers the signature too.

/** @see https://docs.telegram-mini-apps.com/platform/init-data */
export const HASH_VECTOR = {
  botToken: "5768337691:AAH5YkoiEuPk8-FZa32hStHTqXiLPtAEhx8",
  authDate: 1_662_771_648,
  fields:
    "query_id=AAHdF6IQAAAAAN0XohDhrOrc&user=%7B%22id%22%3A279058397%2C%22first_name%22%3A%22Vladislav%22%2C%22last_name%22%3A%22" +
    "Kibenko%22%2C%22username%22%3A%22vdkfrost%22%2C%22language_code%22%3A%22ru%22%2C%22is_premium%22%3Atrue%7D&auth_date=1662771648",
  hash: "c501b71e775f74ce10e377dea85a7ea24ecd640b223ea86dfe453e0eaed2e2b2",
  user: { id: "279058397", name: "Vladislav Kibenko", username: "vdkfrost" },
};

/**
 * Published with both signatures, the bot's token and its id.
 * @see https://github.com/Telegram-Mini-Apps/telegram-apps/blob/2529e4bd/packages/init-data-node/src/entries/web.test.ts
 * @see https://github.com/Telegram-Mini-Apps/init-data-golang/blob/29163138/validate_third_party_test.go
 */
export const SIGNED_VECTOR = {
  botToken: "7342037359:AAFZehRPBRs8Seg40oDjTMIW8uTGPuW1zfQ",
  authDate: 1_733_584_787,
  fields:
    "user=%7B%22id%22%3A279058397%2C%22first_name%22%3A%22Vladislav%20%2B%20-%20%3F%20%5C%2F%22%2C%22last_name%22%3A%22Kibenko%22%2C" +
    "%22username%22%3A%22vdkfrost%22%2C%22language_code%22%3A%22ru%22%2C%22is_premium%22%3Atrue%2C%22allows_write_to_pm%22%3Atrue%2C" +
    "%22photo_url%22%3A%22https%3A%5C%2F%5C%2Ft.me%5C%2Fi%5C%2Fuserpic%5C%2F320%5C%2F4FPEE4tmP3ATHa57u6MqTDih13LTOiMoKoLDRG4PnSA.svg%22%7D" +
    "&chat_instance=8134722200314281151&chat_type=private&auth_date=1733584787",
  signature: "zL-ucjNyREiHDE8aihFwpfR9aggP2xiAo3NSpfe-p7IbCisNlDKlo7Kb6G4D0Ao2mBrSgEk4maLSdv6MLIlADQ",
  hash: "2174df5b000556d044f3f020384e879c8efcab55ddea2ced4eb752e93e7080d6",
  user: { id: "279058397", name: "Vladislav + - ? / Kibenko", username: "vdkfrost" },
};
