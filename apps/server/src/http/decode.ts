import { detailsByField, requestError } from "@pult/api/errors.ts";
import type { z } from "zod";

/** @throws DomainError `VALIDATION` naming the first field that is wrong */
export function decode<Shape extends z.ZodType>(shape: Shape, value: unknown): z.output<Shape> {
  const parsed = shape.safeParse(value);
  if (parsed.success) return parsed.data;
  const { issues } = parsed.error;
  const [issue] = issues;
  const field = issue?.path.join(".") ?? "";
  const text = issue?.message ?? "Invalid input";
  const message = field === "" || text.startsWith(field) ? text : `${field}: ${text}`;
  throw requestError("malformed", {}, { message, details: detailsByField(issues) });
}
