interface Details {
  invitation: { url: string; invitedBy: string | null; days: number };
  reset: { url: string; minutes: number };
  passwordChanged: object;
  accountLocked: { minutes: number };
  totpEnabled: object;
  totpDisabled: object;
  passkeyAdded: { name: string };
  telegramLinked: { name: string };
}

/** What a mail is about, with what it has to say. */
export type MailText = { [Kind in keyof Details]: { kind: Kind } & Details[Kind] }[keyof Details];

interface Setting {
  languageCode: string | null;
  workspace: string;
}

interface Written {
  subject: string;
  text: string;
}

/** Subject and text, in Russian for Russian readers and in English for all others. */
export function writeMail(text: MailText, { languageCode, workspace }: Setting): Written {
  const isRussian = languageCode?.toLowerCase().split("-")[0] === "ru";
  const write = (isRussian ? RUSSIAN : ENGLISH)[text.kind] as Writer<MailText>;
  const [subject, ...paragraphs] = write(text, workspace);
  return { subject: oneLine(subject), text: `${paragraphs.join("\n\n")}\n` };
}

/** Names go into the subject: a header is one line. */
const oneLine = (text: string): string => text.replace(/\s+/g, " ").trim();

type Writer<About> = (about: About, workspace: string) => [subject: string, ...paragraphs: string[]];
type Language = { [Kind in keyof Details]: Writer<Details[Kind]> };

const NOT_YOU = "If this was not you, tell an Admin and reset your password.";

const ENGLISH: Language = {
  invitation: ({ url, invitedBy, days }, workspace) => [
    `Invitation to ${workspace}`,
    `${invitedBy ?? "An Admin"} invites you to ${workspace}.`,
    `Open this link to choose a password:\n${url}`,
    `It works once and for ${days === 1 ? "a day" : `${days} days`}.`,
  ],
  reset: ({ url, minutes }, workspace) => [
    `A new password for ${workspace}`,
    `Open this link to choose a new password:\n${url}`,
    `It works once and for ${minutes} minutes. If you did not ask for it, do nothing: your password stays.`,
  ],
  passwordChanged: (_, workspace) => [`Your ${workspace} password was changed`, "Your password was changed.", NOT_YOU],
  accountLocked: ({ minutes }, workspace) => [
    `Failed sign-ins at ${workspace}`,
    `Wrong passwords or codes were entered for your account many times. Signing in with a password now pauses for ${minutes} min or longer after each of them.`,
    "Passkeys work all the while. If it was you, wait and try again, or reset your password.",
  ],
  totpEnabled: (_, workspace) => [`Codes are on at ${workspace}`, "Signing in now asks for a code too.", NOT_YOU],
  totpDisabled: (_, workspace) => [`Codes are off at ${workspace}`, "Signing in asks for no code any more.", NOT_YOU],
  passkeyAdded: ({ name }, workspace) => [
    `A new passkey at ${workspace}`,
    `The passkey "${name}" can now sign in to your account.`,
    NOT_YOU,
  ],
  telegramLinked: ({ name }, workspace) => [
    `Telegram now signs in at ${workspace}`,
    `The Telegram account ${name} can now sign in to your account.`,
    NOT_YOU,
  ],
};

const NOT_YOU_RU = "Если это были не вы, сообщите администратору и сбросьте пароль.";

const RUSSIAN: Language = {
  invitation: ({ url, invitedBy, days }, workspace) => [
    `Приглашение в ${workspace}`,
    `${invitedBy ?? "Администратор"} приглашает вас в ${workspace}.`,
    `Откройте ссылку и задайте пароль:\n${url}`,
    `Ссылка сработает один раз. Срок в днях: ${days}.`,
  ],
  reset: ({ url, minutes }, workspace) => [
    `Новый пароль для ${workspace}`,
    `Откройте ссылку и задайте новый пароль:\n${url}`,
    `Ссылка сработает один раз. Срок в минутах: ${minutes}. Если вы её не просили, ничего не делайте: пароль останется прежним.`,
  ],
  passwordChanged: (_, workspace) => [`Пароль в ${workspace} изменён`, "Ваш пароль был изменён.", NOT_YOU_RU],
  accountLocked: ({ minutes }, workspace) => [
    `Неудачные входы в ${workspace}`,
    `Для вашей учётной записи много раз ввели неверный пароль или код. Теперь после каждой ошибки вход по паролю закрыт на ${minutes} мин. или дольше.`,
    "Ключи доступа работают всё это время. Если это были вы, подождите и попробуйте снова или сбросьте пароль.",
  ],
  totpEnabled: (_, workspace) => [`Коды в ${workspace} включены`, "Теперь при входе нужен и код.", NOT_YOU_RU],
  totpDisabled: (_, workspace) => [`Коды в ${workspace} отключены`, "Теперь при входе код не нужен.", NOT_YOU_RU],
  passkeyAdded: ({ name }, workspace) => [
    `Новый ключ доступа в ${workspace}`,
    `Ключ доступа «${name}» теперь открывает вашу учётную запись.`,
    NOT_YOU_RU,
  ],
  telegramLinked: ({ name }, workspace) => [
    `Вход в ${workspace} через Telegram`,
    `Аккаунт Telegram ${name} теперь открывает вашу учётную запись.`,
    NOT_YOU_RU,
  ],
};
