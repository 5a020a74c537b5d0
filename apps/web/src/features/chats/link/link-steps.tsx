import { Check } from "lucide-react";
import { useTranslations } from "next-intl";
import { type ReactNode, useState } from "react";
import { useTimeText } from "../../../i18n/use-time-text.ts";
import { Button } from "../../../ui/button.tsx";
import { cx } from "../../../ui/cx.ts";
import { Field, Input, PasswordInput } from "../../../ui/field.tsx";
import { Icon } from "../../../ui/icon.tsx";
import { SheetBody, SheetFoot } from "../../../ui/modal.tsx";
import { useErrorText } from "../../shell/use-failure-text.ts";
import { type Link, type LinkView, useFirstFocus } from "./use-link.ts";

const STEPS = ["phone", "code", "password"] as const satisfies readonly LinkView["step"][];

/** Where one is on the way: by a word and a mark, not by colour alone. */
export function Progress({ step }: { step: LinkView["step"] }) {
  const t = useTranslations("chats.link.step");
  const at = (STEPS as readonly LinkView["step"][]).indexOf(step);
  return (
    <ol className="grid grid-cols-3 gap-2 text-12">
      {STEPS.map((one, index) => (
        <li
          key={one}
          aria-current={index === at ? "step" : undefined}
          className={cx(
            "flex items-center gap-1.5 border-t-[3px] pt-2",
            index === at
              ? "border-accent font-semibold"
              : index < at
                ? "border-accent-line text-fg-2"
                : "border-surface-4 text-muted",
          )}
        >
          {index < at ? <Icon of={Check} size={12} /> : null}
          {t(one)}
        </li>
      ))}
    </ol>
  );
}

type StepFormProps = {
  onSend: () => void;
  isBusy: boolean;
  submitLabel: string;
  onClose: () => void;
  children: ReactNode;
};

/** A step of the sheet: what is asked, and at the foot the two ways out. */
export function StepForm({ onSend, isBusy, submitLabel, onClose, children }: StepFormProps) {
  const t = useTranslations("common");
  return (
    <form
      noValidate
      className="flex min-h-0 flex-1 flex-col"
      onSubmit={(event) => {
        event.preventDefault();
        if (!isBusy) onSend();
      }}
    >
      <SheetBody>{children}</SheetBody>
      <SheetFoot>
        <Button onClick={onClose} className="max-md:h-11">
          {t("cancel")}
        </Button>
        <Button type="submit" variant="primary" data-first-focus aria-disabled={isBusy} className="max-md:h-11">
          {submitLabel}
        </Button>
      </SheetFoot>
    </form>
  );
}

type StepProps = { link: Link; onClose: () => void; head?: ReactNode };

const errorOf = (error: string | undefined) => (error ? { error } : {});

export function PhoneStep({ link, onClose, head }: StepProps) {
  const t = useTranslations("chats.link");
  const errorText = useErrorText();
  const field = useFirstFocus();
  const [phone, setPhone] = useState("");
  const [isTried, setTried] = useState(false);
  const { requestCode } = link.calls;
  const isShort = phone.replace(/\D/g, "").length < 5;
  return (
    <StepForm
      onClose={onClose}
      isBusy={requestCode.isPending}
      submitLabel={t("askCode")}
      onSend={() => {
        setTried(true);
        if (!isShort) link.givePhone(phone);
      }}
    >
      {head}
      <Progress step="phone" />
      <Field
        label={t("phone")}
        hint={t("phoneHint")}
        {...errorOf(isTried && isShort ? t("phoneShort") : errorText(requestCode.error))}
      >
        {(control) => (
          <Input
            {...control}
            ref={field}
            type="tel"
            autoComplete="tel"
            inputSize="touch"
            placeholder="+44 7700 900123"
            maxLength={32}
            value={phone}
            onChange={({ currentTarget }) => {
              requestCode.reset();
              setTried(false);
              setPhone(currentTarget.value);
            }}
          />
        )}
      </Field>
    </StepForm>
  );
}

export function CodeStep({ link, onClose, head, view }: StepProps & { view: Extract<LinkView, { step: "code" }> }) {
  const t = useTranslations("chats.link");
  const errorText = useErrorText();
  const time = useTimeText();
  const field = useFirstFocus();
  const [code, setCode] = useState("");
  const [isTried, setTried] = useState(false);
  const { signIn, requestCode } = link.calls;
  const error = isTried && code === "" ? t("codeMissing") : errorText(signIn.error ?? requestCode.error);
  return (
    <StepForm
      onClose={onClose}
      isBusy={signIn.isPending}
      submitLabel={t("next")}
      onSend={() => {
        setTried(true);
        if (code !== "") link.giveCode(code);
      }}
    >
      {head}
      <Progress step="code" />
      <Field
        label={t("code")}
        hint={t("codeHint", { time: time.clock(view.sentAt), phone: view.phone })}
        {...errorOf(error)}
      >
        {(control) => (
          <Input
            {...control}
            ref={field}
            inputMode="numeric"
            autoComplete="one-time-code"
            inputSize="touch"
            maxLength={16}
            value={code}
            onChange={({ currentTarget }) => {
              signIn.reset();
              requestCode.reset();
              setTried(false);
              setCode(currentTarget.value.replace(/\s/g, ""));
            }}
            className="num font-semibold tracking-widest"
          />
        )}
      </Field>
      <div className="flex flex-wrap gap-2">
        <Button
          aria-disabled={requestCode.isPending}
          className="max-md:h-11"
          onClick={() => {
            signIn.reset();
            setCode("");
            link.givePhone(view.phone);
          }}
        >
          {t("newCode")}
        </Button>
        <Button variant="ghost" className="max-md:h-11" onClick={() => link.setView({ step: "phone" })}>
          {t("otherNumber")}
        </Button>
      </div>
      <p className="text-12 text-muted">{t("codeMissingHint")}</p>
    </StepForm>
  );
}

export function PasswordStep({ link, onClose, hint }: StepProps & { hint: string | null }) {
  const t = useTranslations("chats.link");
  const errorText = useErrorText();
  const field = useFirstFocus();
  const [secret, setSecret] = useState("");
  const [isTried, setTried] = useState(false);
  const { password } = link.calls;
  const error = isTried && secret === "" ? t("passwordMissing") : errorText(password.error);
  return (
    <StepForm
      onClose={onClose}
      isBusy={password.isPending}
      submitLabel={t("finish")}
      onSend={() => {
        setTried(true);
        if (secret !== "") link.givePassword(secret);
      }}
    >
      <Progress step="password" />
      <Field label={t("password")} hint={hint ? t("passwordHint", { hint }) : t("passwordNoHint")} {...errorOf(error)}>
        {(control) => (
          <PasswordInput
            {...control}
            ref={field}
            autoComplete="off"
            maxLength={1_024}
            value={secret}
            onChange={({ currentTarget }) => {
              password.reset();
              setTried(false);
              setSecret(currentTarget.value);
            }}
          />
        )}
      </Field>
      <p className="text-12 text-muted">{t("passwordNote")}</p>
    </StepForm>
  );
}

export function ApiStep({ link, onClose }: StepProps) {
  const t = useTranslations("chats.link");
  const errorText = useErrorText();
  const field = useFirstFocus();
  const [id, setId] = useState("");
  const [hash, setHash] = useState("");
  const [isTried, setTried] = useState(false);
  const { init } = link.calls;
  const isIdWrong = !/^\d{1,10}$/.test(id);
  const isHashWrong = !/^[0-9a-f]{32}$/i.test(hash);
  const refusal = init.variables?.apiId ? errorText(init.error) : undefined;
  return (
    <StepForm
      onClose={onClose}
      isBusy={init.isPending}
      submitLabel={t("next")}
      onSend={() => {
        setTried(true);
        if (!isIdWrong && !isHashWrong) link.giveApi(id, hash);
      }}
    >
      <p className="text-14 text-fg-2">{t("apiText")}</p>
      <Field label={t("apiId")} {...errorOf(isTried && isIdWrong ? t("apiIdInvalid") : undefined)}>
        {(control) => (
          <Input
            {...control}
            ref={field}
            inputMode="numeric"
            autoComplete="off"
            inputSize="touch"
            value={id}
            onChange={({ currentTarget }) => setId(currentTarget.value.trim())}
          />
        )}
      </Field>
      <Field label={t("apiHash")} {...errorOf(isTried && isHashWrong ? t("apiHashInvalid") : refusal)}>
        {(control) => (
          <Input
            {...control}
            autoComplete="off"
            spellCheck={false}
            inputSize="touch"
            maxLength={32}
            value={hash}
            onChange={({ currentTarget }) => setHash(currentTarget.value.trim())}
            className="font-mono"
          />
        )}
      </Field>
    </StepForm>
  );
}
