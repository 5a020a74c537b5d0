const wordsOf = (text: string): ReadonlySet<string> => new Set(text.split(/\s+/));

/** Any of them drops everything, wherever it stands. */
export const STOP = wordsOf(`stop cancel abort стоп стой отмена отмени отмените отменить отменяю отставить хватит`);
export const BUY = wordsOf(`buy купи купите купить куплю покупай покупаю`);
export const SELL = wordsOf(`sell продай продайте продать продам продаю`);
export const CONFIRM = wordsOf(`confirm confirmed yes подтверждаю подтверди подтвердите подтвердить да`);
export const PRICE = wordsOf(`price цена цену цены курс стоит`);
export const BALANCE = wordsOf(`balance баланс`);
/** "How much do I have", "сколько у меня". */
export const OWN = wordsOf(`have меня`);
export const ASKING = wordsOf(
  `how what what's how's which when where why who сколько какой какая какую каков почему когда зачем кто где`,
);
/** Nothing is traded by a sentence with one of them: it denies, supposes or tells. */
export const DOUBT = wordsOf(`
  don't dont not never no cannot can't won't would could should might may maybe if unless didn't doesn't do does did is are was
  не нет ни никогда бы б если может можно наверное возможно стоит ли чтобы`);
/** What a command may hold beside what it says. */
export const FILLERS = wordsOf(`
  please ok okay now hey let's lets me i i'll i'd want like to will gonna a an the of for my with worth in at right just
  пожалуйста давай давайте хочу я ну так окей ладно сейчас мне мой мои моих моего моей на за у из прямо code код ticket заявку`);
/** Whose share is meant, not a number: "half of my SOL". */
export const OWNING = wordsOf(`my моих моего моей мои мой`);
export const SOL = wordsOf(`sol sols solana sol's сол сола солы солов солана соланы солану солан`);
export const TOKEN = wordsOf(`token tokens coin coins токен токена токены токенов монета монету монеты монет`);
export const PERCENT = wordsOf(`% percent процент процента процентов`);
export const ALL = wordsOf(`all everything max maximum все целиком максимум`);
export const HALVES = wordsOf(`half половина половину пол`);
export const QUARTERS = wordsOf(`quarter четверть`);
