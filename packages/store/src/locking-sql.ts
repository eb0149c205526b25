/**
 * What a statement that locks rows compares them with, instead of `in (…)`: these rows are looked up once. A row that had
 * to be waited for is compared anew, and a subquery that was planned as a join then finds nothing any more: the row would
 * be locked and left out of the result.
 * @param select SQL of one column
 */
export const theseOnly = (select: string): string => `any(array(${select}))`
