import type postgres from "postgres";

type Client = postgres.Sql | postgres.TransactionSql;

/**
 * The same client with every statement that has parameters prepared once per connection and name. Drizzle asks for one-off statements:
 * PostgreSQL then parses each anew, and postgres.js waits a round trip for the types of its parameters.
 */
export function withPreparedStatements<Sql extends Client>(client: Sql): Sql {
  return new Proxy(client, {
    get(target, key, receiver) {
      if (key === "unsafe") {
        return (text: string, parameters: never[] = [], options: object = {}) =>
          target.unsafe(text, parameters, { ...options, prepare: parameters.length > 0 });
      }
      if (key === "begin" || key === "savepoint") {
        const open = Reflect.get(target, key, receiver) as (...args: unknown[]) => unknown;
        return (...args: unknown[]) => {
          const work = args.pop() as (inner: Client) => unknown;
          return open(...args, (inner: Client) => work(withPreparedStatements(inner)));
        };
      }
      return Reflect.get(target, key, receiver);
    },
  });
}
