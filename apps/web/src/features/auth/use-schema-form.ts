import { zodResolver } from "@hookform/resolvers/zod";
import { type FieldValues, type UseFormProps, useForm } from "react-hook-form";
import type { z } from "zod";

/** A form with the fields of an input of the API, checked by its schema. */
export const useSchemaForm = <Fields extends FieldValues>(
  schema: z.ZodType<Fields, Fields>,
  options: Omit<UseFormProps<Fields>, "resolver">,
) => useForm<Fields>({ resolver: zodResolver(schema), ...options });
