/** What a mail is about, with what it has to say. */
export type MailText =
  | { kind: "invitation"; url: string; invitedBy: string | null; days: number }
  | { kind: "reset"; url: string; minutes: number }
  | { kind: "passwordChanged" }
  | { kind: "accountLocked"; minutes: number }
  | { kind: "totpEnabled" }
  | { kind: "totpDisabled" }
  | { kind: "passkeyAdded"; name: string }
  | { kind: "telegramLinked"; name: string };

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
  const { subject, lines } = (isRussian ? russian : english)(text, workspace);
  return { subject: oneLine(subject), text: `${lines.join("\n\n")}\n` };
}

/** Names go into the subject: a header is one line. */
const oneLine = (text: string): string => text.replace(/\s+/g, " ").trim();

interface Draft {
  subject: string;
  lines: string[];
}

const NOT_YOU = "If this was not you, tell an Admin and reset your password.";

function english(text: MailText, workspace: string): Draft {
  switch (text.kind) {
    case "invitation":
      return {
        subject: `Invitation to ${workspace}`,
        lines: [
          `${text.invitedBy ?? "An Admin"} invites you to ${workspace}.`,
          `Open this link to choose a password:\n${text.url}`,
          `It works once and for ${text.days === 1 ? "a day" : `${text.days} days`}.`,
        ],
      };
    case "reset":
      return {
        subject: `A new password for ${workspace}`,
        lines: [
          `Open this link to choose a new password:\n${text.url}`,
          `It works once and for ${text.minutes} minutes. If you did not ask for it, do nothing: your password stays.`,
        ],
      };
    case "passwordChanged":
      return { subject: `Your ${workspace} password was changed`, lines: ["Your password was changed.", NOT_YOU] };
    case "accountLocked":
      return {
        subject: `Failed sign-ins at ${workspace}`,
        lines: [
          `Wrong passwords or codes were entered for your account many times. Signing in with a password now pauses for ${text.minutes} min or longer after each of them.`,
          "Passkeys work all the while. If it was you, wait and try again, or reset your password.",
        ],
      };
    case "totpEnabled":
      return { subject: `Codes are on at ${workspace}`, lines: ["Signing in now asks for a code too.", NOT_YOU] };
    case "totpDisabled":
      return { subject: `Codes are off at ${workspace}`, lines: ["Signing in asks for no code any more.", NOT_YOU] };
    case "passkeyAdded":
      return {
        subject: `A new passkey at ${workspace}`,
        lines: [`The passkey "${text.name}" can now sign in to your account.`, NOT_YOU],
      };
    case "telegramLinked":
      return {
        subject: `Telegram now signs in at ${workspace}`,
        lines: [`The Telegram account ${text.name} can now sign in to your account.`, NOT_YOU],
      };
  }
}

const NOT_YOU_RU = "Если это были не вы, сообщите администратору и сбросьте пароль.";

function russian(text: MailText, workspace: string): Draft {
  switch (text.kind) {
    case "invitation":
      return {
        subject: `Приглашение в ${workspace}`,
        lines: [
          `${text.invitedBy ?? "Администратор"} приглашает вас в ${workspace}.`,
          `Откройте ссылку и задайте пароль:\n${text.url}`,
          `Ссылка сработает один раз. Срок в днях: ${text.days}.`,
        ],
      };
    case "reset":
      return {
        subject: `Новый пароль для ${workspace}`,
        lines: [
          `Откройте ссылку и задайте новый пароль:\n${text.url}`,
          `Ссылка сработает один раз. Срок в минутах: ${text.minutes}. Если вы её не просили, ничего не делайте: пароль останется прежним.`,
        ],
      };
    case "passwordChanged":
      return { subject: `Пароль в ${workspace} изменён`, lines: ["Ваш пароль был изменён.", NOT_YOU_RU] };
    case "accountLocked":
      return {
        subject: `Неудачные входы в ${workspace}`,
        lines: [
          `Для вашей учётной записи много раз ввели неверный пароль или код. Теперь после каждой ошибки вход по паролю закрыт на ${text.minutes} мин. или дольше.`,
          "Ключи доступа работают всё это время. Если это были вы, подождите и попробуйте снова или сбросьте пароль.",
        ],
      };
    case "totpEnabled":
      return { subject: `Коды в ${workspace} включены`, lines: ["Теперь при входе нужен и код.", NOT_YOU_RU] };
    case "totpDisabled":
      return { subject: `Коды в ${workspace} отключены`, lines: ["Теперь при входе код не нужен.", NOT_YOU_RU] };
    case "passkeyAdded":
      return {
        subject: `Новый ключ доступа в ${workspace}`,
        lines: [`Ключ доступа «${text.name}» теперь открывает вашу учётную запись.`, NOT_YOU_RU],
      };
    case "telegramLinked":
      return {
        subject: `Вход в ${workspace} через Telegram`,
        lines: [`Аккаунт Telegram ${text.name} теперь открывает вашу учётную запись.`, NOT_YOU_RU],
      };
  }
}
