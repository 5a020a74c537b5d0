import type { FormEventHandler, ReactNode } from "react";
import { toFailure } from "../../../trpc/failure.ts";
import { Button } from "../../../ui/button.tsx";
import { openStartPage } from "./open-start-page.ts";
import { cardClass } from "./signed-out-frame.tsx";

/** How the call ends that uses a link up: inside, or with a link that has been used or replaced meanwhile. */
export const linkEnds = (onStale: () => void) => ({
  onSuccess: openStartPage,
  onError: (error: unknown) => {
    if (toFailure(error).kind === "notFound") onStale();
  },
});

type LinkFormProps = {
  onSubmit: FormEventHandler<HTMLFormElement>;
  submitLabel: string;
  /** Pressing the button does nothing now. */
  isHeld: boolean;
  children: ReactNode;
};

/** What has to be filled in behind a link, and the one way on. */
export function LinkForm({ onSubmit, submitLabel, isHeld, children }: LinkFormProps) {
  return (
    <form noValidate method="post" className={cardClass} onSubmit={onSubmit}>
      {children}
      <Button type="submit" variant="primary" size="lg" className="w-full" aria-disabled={isHeld}>
        {submitLabel}
      </Button>
    </form>
  );
}
