# Write all tables of an export into its folder `results`: Rscript analysis/analyse.R [FOLDER]
# R's own functions only, no packages; the same tables as `python -m analysis` writes, to the printed digit.
# What each table holds is said in tables.py, what each method is in compare.py, ancova.py and reliability.py.

folder <- commandArgs(trailingOnly = TRUE)
folder <- if (length(folder)) folder[1] else "."

# Reading -------------------------------------------------------------------------------------------------------------

read <- function(name) {
  path <- file.path(folder, paste0(name, ".csv"))
  if (!file.exists(path)) path <- Sys.glob(file.path(folder, "data", paste0("study-*_description-", name, "_data.csv")))
  read.csv(path, colClasses = "character", na.strings = character(), encoding = "UTF-8", check.names = FALSE)
}

participants <- read("participants")
codebook <- read("codebook")
measures <- read("measures")
derived <- read("derived")
hypotheses <- read("hypotheses")

declared <- codebook$values[codebook$file == "participants.csv" & codebook$name == "arm"]
arms <- gsub('^"|" *:$', "", regmatches(declared, gregexpr('"[^"]*" *:', declared))[[1]])
scores <- unique(measures$score)
outcomes <- c(scores, derived$derived)

pairs <- unique(hypotheses[c("arm_1", "arm_2")])
if (!nrow(pairs) && length(arms) > 1) pairs <- as.data.frame(t(combn(arms, 2)))

# `people` are rows of a set of participants, such as those of one arm
column <- function(people, name) if (name %in% names(people)) people[[name]] else rep("", nrow(people))
values <- function(people, name) as.numeric(Filter(nzchar, column(people, name)))

# Printing ------------------------------------------------------------------------------------------------------------

has <- function(value) length(value) == 1 && is.finite(value)
number <- function(value, decimals = 2) {
  if (!has(value)) return("")
  text <- sprintf("%.*f", decimals, as.numeric(sprintf("%.12g", value)))
  if (as.numeric(text) == 0) sub("^-", "", text) else text
}
numbers <- function(...) vapply(list(...), number, "")
probability <- function(p) if (!has(p)) "" else if (p < 0.001) "<0.001" else number(p, 3)

write_table <- function(name, columns, rows) {
  out <- file.path(folder, "results")
  dir.create(out, showWarnings = FALSE)
  lines <- vapply(rows, paste, "", collapse = ",")
  file <- file(file.path(out, paste0(name, ".csv")), open = "wb", encoding = "UTF-8")
  writeLines(c(paste(columns, collapse = ","), lines), file, sep = "\n")
  close(file)
  cat(file.path(out, paste0(name, ".csv")), ": ", length(rows), " rows\n", sep = "")
}
words <- function(text) strsplit(text, " ")[[1]]

# Methods -------------------------------------------------------------------------------------------------------------

constant <- function(x) length(x) == 0 || max(x) == min(x)

z <- function(x) (x - mean(x)) / sd(x)
derive <- list(
  efficiency = function(x, y) if (!constant(x) && !constant(y)) (z(x) - z(y)) / sqrt(2),
  judgement_bias = function(x, y) x - y
)

why_not <- function(x, y) {
  if (min(length(x), length(y)) < 2) return("fewer than two values in an arm")
  if (constant(x) && constant(y)) return("no variance in either arm")
  ""
}

ncp_of <- function(t, df, probability) {
  off <- function(ncp) suppressWarnings(pt(t, df, ncp)) - probability
  if (abs(t) > 32 || off(-37) < 0 || off(37) > 0) return(NA)
  uniroot(off, c(-37, 37), tol = 1e-12)$root
}

hedges <- function(x, y, alpha) {
  n <- length(x)
  m <- length(y)
  df <- n + m - 2
  pooled <- sqrt(((n - 1) * var(x) + (m - 1) * var(y)) / df)
  scale <- sqrt(1 / n + 1 / m)
  d <- (mean(x) - mean(y)) / pooled
  correction <- 1 - 3 / (4 * df - 1)
  low <- ncp_of(d / scale, df, 1 - alpha / 2)
  high <- ncp_of(d / scale, df, alpha / 2)
  if (is.na(low) || is.na(high)) low <- high <- NA
  correction * c(d, low * scale, high * scale)
}

ranks <- function(x, y) {
  exact <- !anyDuplicated(c(x, y)) && max(length(x), length(y)) < 50
  found <- wilcox.test(x, y, exact = exact, correct = TRUE)
  u <- unname(found$statistic)
  c(u, found$p.value, 2 * u / (length(x) * length(y)) - 1)
}

normality <- function(residuals) {
  n <- length(residuals)
  if (n < 3 || n > 5000 || max(residuals) - min(residuals) < 1e-9) return(NULL)
  found <- shapiro.test(residuals)
  list(found$statistic, NA, NA, found$p.value)
}

equal_variances <- function(x, y) {
  distances <- list(abs(x - median(x)), abs(y - median(y)))
  if (min(length(x), length(y)) < 2 || all(vapply(distances, function(d) diff(range(d)) < 1e-9, NA))) return(NULL)
  found <- oneway.test(unlist(distances) ~ rep(1:2, c(length(x), length(y))), var.equal = TRUE)
  list(found$statistic, 1, length(x) + length(y) - 2, found$p.value)
}

ancova <- function(x, y, alpha) {
  sizes <- list(n_1 = nrow(x), n_2 = nrow(y), p = NA, difference = NA)
  both <- rbind(x, y)
  first <- rep(c(1, 0), c(nrow(x), nrow(y)))
  covariate <- both[, 1]
  outcome <- both[, 2]
  why <- function(text) c(sizes, list(why = text))
  if (min(nrow(x), nrow(y)) < 2) return(why("fewer than two values in an arm"))
  if (constant(covariate)) return(why("no variance in the covariate"))
  if (qr(cbind(1, covariate, first))$rank < 3) return(why("the covariate tells the arms apart"))
  model <- lm(outcome ~ covariate + first)
  least <- 1e-10 * max(1, sum((outcome - mean(outcome))^2))
  if (model$df.residual < 1 || sum(model$residuals^2) <= least) {
    return(why("nothing is left to compare: no residual variance"))
  }
  row <- summary(model)$coefficients["first", ]
  interval <- confint(model, "first", 1 - alpha)
  middle <- coef(model)[["(Intercept)"]] + coef(model)[["covariate"]] * mean(covariate)
  df <- model$df.residual
  residuals <- unname(model$residuals)
  slopes <- NULL
  if (length(outcome) >= 5 && qr(cbind(1, covariate, first, covariate * first))$rank == 4) {
    wider <- lm(outcome ~ covariate * first)
    if (sum(wider$residuals^2) > least) {
      found <- summary(wider)$coefficients["covariate:first", ]
      slopes <- list(found[["t value"]]^2, 1, wider$df.residual, found[["Pr(>|t|)"]])
    }
  }
  list(
    n_1 = nrow(x), n_2 = nrow(y), why = "", mean_1 = middle + row[["Estimate"]], mean_2 = middle,
    difference = row[["Estimate"]], low = interval[1], high = interval[2], t = row[["t value"]], df = df,
    p = row[["Pr(>|t|)"]], eta = row[["t value"]]^2 / (row[["t value"]]^2 + df), slope = coef(model)[["covariate"]],
    assumptions = list(
      normality = normality(residuals),
      variances = equal_variances(residuals[first == 1], residuals[first == 0]),
      slopes = slopes
    )
  )
}

omega <- function(answers) {
  if (nrow(answers) <= ncol(answers)) return("no more participants than items")
  correlations <- cor(answers)
  if (min(eigen(correlations, symmetric = TRUE, only.values = TRUE)$values) < 1e-8) return("items that follow from others")
  control <- list(opt = list(factr = 1e5, maxit = 2000))
  found <- try(factanal(covmat = correlations, factors = 1, n.obs = nrow(answers), control = control), silent = TRUE)
  if (inherits(found, "try-error") || min(found$uniquenesses) < 0.005 + 1e-4) {
    return("no proper solution with one factor")
  }
  deviations <- apply(answers, 2, sd)
  common <- sum(found$loadings[, 1] * deviations)^2
  common / (common + sum(found$uniquenesses * deviations^2))
}

reliability <- function(answers) {
  n <- nrow(answers)
  items <- ncol(answers)
  none <- function(why, alpha = NA, low = NA, high = NA) c(numbers(alpha, low, high, NA, NA), why)
  if (items < 2) return(none("a single item"))
  if (n < 3) return(none("fewer than three participants"))
  total <- var(rowSums(answers))
  if (total < 1e-9) return(none("no variance"))
  alpha <- items / (items - 1) * (1 - sum(apply(answers, 2, var)) / total)
  ends <- 1 - (1 - alpha) * qf(c(0.975, 0.025), n - 1, (n - 1) * (items - 1))
  if (any(apply(answers, 2, constant))) return(none("an item that all answered alike", alpha, ends[1], ends[2]))
  if (items == 2) {
    r <- cor(answers[, 1], answers[, 2])
    if (r < -1 + 1e-9) return(none("items that contradict each other", alpha, ends[1], ends[2]))
    return(c(numbers(alpha, ends[1], ends[2], NA, 2 * r / (1 + r)), ""))
  }
  found <- omega(answers)
  if (is.character(found)) none(found, alpha, ends[1], ends[2]) else c(numbers(alpha, ends[1], ends[2], found, NA), "")
}

item_rest <- function(answers, place) {
  item <- answers[, place]
  rest <- rowSums(answers[, -place, drop = FALSE])
  if (nrow(answers) < 3 || ncol(answers) < 2 || constant(item) || max(rest) - min(rest) < 1e-9) return(NA)
  cor(item, rest)
}

# Sets ----------------------------------------------------------------------------------------------------------------

# What is derived of two scores, of everybody of a set at once: z depends on who is in it
with_derived <- function(people) {
  for (row in seq_len(nrow(derived))) {
    x <- column(people, derived$minuend[row])
    y <- column(people, derived$subtrahend[row])
    both <- x != "" & y != ""
    found <- derive[[derived$method[row]]](as.numeric(x[both]), as.numeric(y[both]))
    people[[derived$derived[row]]] <- rep("", nrow(people))
    if (length(found)) people[both, derived$derived[row]] <- sprintf("%.10f", found)
  }
  people
}

kept <- participants[participants$arm %in% arms & participants$status != "erased" & participants$excluded_for == "", ]
proper <- kept[kept$finished_at != "" & kept$deviations == "", ]
sets <- list(itt = with_derived(kept), pp = with_derived(proper))
groups <- lapply(sets, function(people) split(people, factor(people$arm, arms)))
of_arm <- function(set, arm) if (arm %in% arms) groups[[set]][[arm]] else sets[[set]][0, ]

# Tables --------------------------------------------------------------------------------------------------------------

rows <- lapply(arms, function(arm) {
  allocated <- participants$arm == arm
  erased <- sum(allocated & participants$status == "erased")
  itt <- nrow(of_arm("itt", arm))
  unfinished <- sum(of_arm("itt", arm)$finished_at == "")
  pp <- nrow(of_arm("pp", arm))
  c(arm, sum(allocated), erased, sum(allocated) - erased - itt, itt, unfinished, itt - unfinished - pp, pp)
})
write_table("analysed", words("arm allocated erased excluded itt not_finished deviating pp"), rows)

rows <- list()
for (set in names(sets)) for (outcome in outcomes) for (arm in arms) {
  people <- of_arm(set, arm)
  x <- values(people, outcome)
  n <- length(x)
  half <- if (n > 1) qt(0.975, n - 1) * sd(x) / sqrt(n) else NA
  found <- if (n) {
    numbers(mean(x), if (n > 1) sd(x) else NA, mean(x) - half, mean(x) + half, median(x), min(x), max(x))
  } else {
    rep("", 7)
  }
  rows[[length(rows) + 1]] <- c(set, outcome, arm, n, nrow(people) - n, found)
}
write_table("outcomes", words("set outcome arm n missing mean sd mean_low mean_high median minimum maximum"), rows)

rows <- list()
for (set in names(sets)) for (outcome in outcomes) for (pair in seq_len(nrow(pairs))) {
  x <- values(of_arm(set, pairs[pair, 1]), outcome)
  y <- values(of_arm(set, pairs[pair, 2]), outcome)
  why <- why_not(x, y)
  found <- rep("", 12)
  if (why == "") {
    test <- t.test(x, y)
    g <- hedges(x, y, 0.05)
    u <- ranks(x, y)
    found <- c(
      numbers(mean(x) - mean(y), test$conf.int[1], test$conf.int[2], test$statistic, test$parameter),
      probability(test$p.value), numbers(g[1], g[2], g[3]), number(u[1], 1), probability(u[2]), number(u[3])
    )
  }
  rows[[length(rows) + 1]] <- c(set, outcome, pairs[pair, 1], pairs[pair, 2], length(x), length(y), found, why)
}
header <- "set outcome arm_1 arm_2 n_1 n_2 difference low high t df p g g_low g_high u u_p rank_biserial why"
write_table("differences", words(header), rows)

# Every hypothesis in every set: what its own test found
tested <- function(set, stated) {
  alpha <- as.numeric(stated$alpha)
  people <- list(of_arm(set, stated$arm_1), of_arm(set, stated$arm_2))
  if (stated$test == "ancova") {
    groups <- lapply(people, function(group) {
      cells <- cbind(column(group, stated$covariate), column(group, stated$outcome))
      cells <- cells[cells[, 1] != "" & cells[, 2] != "", , drop = FALSE]
      matrix(as.numeric(cells), ncol = 2)
    })
    found <- ancova(groups[[1]], groups[[2]], alpha)
    if (is.null(found$assumptions)) found$assumptions <- list(normality = NULL, variances = NULL, slopes = NULL)
    return(found)
  }
  x <- values(people[[1]], stated$outcome)
  y <- values(people[[2]], stated$outcome)
  found <- list(why = why_not(x, y), p = NA, difference = NA)
  if (found$why == "") {
    welch <- t.test(x, y, conf.level = 1 - if (stated$test == "equivalence") 2 * alpha else alpha)
    found$difference <- mean(x) - mean(y)
    found$p <- welch$p.value
    if (stated$test == "equivalence") {
      lower <- t.test(x, y, mu = as.numeric(stated$lower_bound), alternative = "greater")
      upper <- t.test(x, y, mu = as.numeric(stated$upper_bound), alternative = "less")
      found$p <- max(lower$p.value, upper$p.value)
      found$printed <- c(
        numbers(found$difference, welch$conf.int[1], welch$conf.int[2], welch$parameter, lower$statistic),
        probability(lower$p.value), number(upper$statistic), probability(upper$p.value), probability(found$p)
      )
    }
  }
  found$assumptions <- list(normality = normality(c(x - mean(x), y - mean(y))), variances = equal_variances(x, y))
  found
}

results <- list()
for (set in names(sets)) {
  found <- lapply(seq_len(nrow(hypotheses)), function(row) tested(set, hypotheses[row, ]))
  p <- vapply(found, function(each) each$p, 0)
  adjusted <- p
  for (family in unique(hypotheses$family)) {
    members <- hypotheses$family == family
    adjusted[members] <- p.adjust(ifelse(is.na(p[members]), 1, p[members]), "holm")
  }
  adjusted[is.na(p)] <- NA
  for (row in seq_along(found)) {
    results[[length(results) + 1]] <- list(
      set = set, stated = as.list(hypotheses[row, ]), found = found[[row]], p_holm = adjusted[row]
    )
  }
}
of_test <- function(test) Filter(function(result) result$stated$test == test, results)

rows <- lapply(of_test("ancova"), function(result) {
  found <- result$found
  c(
    result$set, unlist(result$stated[c("hypothesis", "outcome", "covariate", "arm_1", "arm_2")]), found$n_1, found$n_2,
    vapply(found[c("mean_1", "mean_2", "difference", "low", "high", "t")], number, ""), number(found$df, 0),
    probability(found$p), number(found$eta, 3), number(found$slope), found$why
  )
})
header <- paste(
  "set hypothesis outcome covariate arm_1 arm_2 n_1 n_2 adjusted_1 adjusted_2 difference low high t df p",
  "partial_eta_squared slope why"
)
write_table("ancovas", words(header), rows)

rows <- lapply(of_test("equivalence"), function(result) {
  stated <- result$stated
  bounds <- numbers(as.numeric(stated$lower_bound), as.numeric(stated$upper_bound))
  printed <- if (is.null(result$found$printed)) rep("", 9) else result$found$printed
  c(result$set, unlist(stated[c("hypothesis", "outcome", "arm_1", "arm_2")]), bounds, printed, result$found$why)
})
header <- paste(
  "set hypothesis outcome arm_1 arm_2 lower_bound upper_bound difference low high df t_lower p_lower t_upper p_upper",
  "p why"
)
write_table("equivalences", words(header), rows)

verdict <- function(result) {
  if (is.na(result$p_holm) || is.na(result$found$difference)) return("not_computed")
  if (result$p_holm >= as.numeric(result$stated$alpha)) return("not_supported")
  above <- result$found$difference > 0
  right <- switch(result$stated$direction, greater = above, less = !above, TRUE)
  if (right) "supported" else "opposite"
}
rows <- lapply(results, function(result) {
  stated <- result$stated
  p <- c(probability(result$found$p), probability(result$p_holm), number(as.numeric(stated$alpha), 3))
  c(result$set, stated$hypothesis, stated$family, stated$test, p, verdict(result))
})
write_table("verdicts", words("set hypothesis family test p p_holm alpha verdict"), rows)

rows <- list()
for (result in results) for (check in names(result$found$assumptions)) {
  found <- result$found$assumptions[[check]]
  printed <- if (is.null(found)) rep("", 4) else {
    c(number(found[[1]], 3), number(found[[2]], 0), number(found[[3]], 0), probability(found[[4]]))
  }
  rows[[length(rows) + 1]] <- c(result$set, result$stated$hypothesis, check, printed)
}
write_table("assumptions", words("set hypothesis check statistic df_1 df_2 p"), rows)

# Who has a score, of which an item counts for them: an empty cell is an answer to be rated that was left empty, or else
# the version of the study by which they went did not have the item, or not in this score
was_asked <- function(people, item) {
  versions <- codebook$study_versions[codebook$file == "participants.csv" & codebook$name == item$value]
  versions <- unlist(strsplit(versions, "|", fixed = TRUE))
  has_it <- !length(versions) | column(people, "study_version") %in% versions
  column(people, item$value) != "" | (item$method == "percent_rated" & has_it)
}

# (participants, items): what counts of those who have the score, reversed items turned around; without those for whom
# the score was made of other items, as their version of the study has it
answers_to <- function(score) {
  items <- measures[measures$score == score, ]
  people <- sets$itt[column(sets$itt, score) != "", ]
  for (place in seq_len(nrow(items))) people <- people[was_asked(people, items[place, ]), ]
  answers <- matrix(0, nrow(people), nrow(items))
  for (place in seq_len(nrow(items))) {
    item <- items[place, ]
    cells <- column(people, item$value)
    value <- as.numeric(ifelse(cells == "", item$minimum, cells))
    answers[, place] <- if (item$reversed == "1") as.numeric(item$minimum) + as.numeric(item$maximum) - value else value
  }
  answers
}

rows <- lapply(scores, function(score) {
  answers <- answers_to(score)
  c(score, ncol(answers), nrow(answers), reliability(answers))
})
write_table("reliabilities", words("score items n alpha alpha_low alpha_high omega spearman_brown why"), rows)

rows <- list()
for (score in scores) {
  items <- measures[measures$score == score, ]
  answers <- answers_to(score)
  for (place in seq_len(nrow(items))) {
    x <- answers[, place]
    low <- as.numeric(items$minimum[place])
    high <- as.numeric(items$maximum[place])
    is_test <- items$method[place] %in% c("percent_correct", "percent_rated")
    mean_x <- if (length(x)) mean(x) else NA
    difficulty <- if (is_test) number((mean_x - low) / (high - low)) else ""
    r <- number(item_rest(answers, place))
    flags <- c(
      if (nzchar(difficulty) && as.numeric(difficulty) > 0.85) "easy",
      if (nzchar(difficulty) && as.numeric(difficulty) < 0.30) "hard",
      if (nzchar(r) && as.numeric(r) < 0.20) "weak"
    )
    deviation <- number(if (length(x) > 1) sd(x) else NA)
    rows[[length(rows) + 1]] <- c(
      score, items$item[place], length(x), number(mean_x), deviation, difficulty, r, paste(flags, collapse = "|")
    )
  }
}
write_table("items", words("score item n mean sd difficulty item_rest flags"), rows)

rows <- list()
keyed <- measures[measures$key != "", ]
for (row in which(!duplicated(keyed$item))) {
  item <- keyed[row, ]
  reached <- sets$itt[column(sets$itt, item$value) != "", ]
  chosen <- strsplit(column(reached, item$item), "|", fixed = TRUE)
  key <- strsplit(item$key, "|", fixed = TRUE)[[1]]
  for (option in strsplit(item$options, "|", fixed = TRUE)[[1]]) {
    n <- sum(vapply(chosen, function(each) option %in% each, NA))
    percent <- if (length(chosen)) number(100 * n / length(chosen), 1) else ""
    rare <- nzchar(percent) && !(option %in% key) && as.numeric(percent) < 5
    rows[[length(rows) + 1]] <- c(
      item$item, option, as.integer(option %in% key), length(chosen), n, percent, if (rare) "rare" else ""
    )
  }
}
write_table("distractors", words("item option key n chosen percent flags"), rows)
